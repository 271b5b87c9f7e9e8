// An engine, away from the page's own thread: the core, or in a worker of the name
// "whole" all of it.
import '../build/wasm_exec.js';
import nginx from '../../testdata/incidents/1-event-stream/nginx.conf?raw';
import sysctl from '../../testdata/incidents/2-time-wait/sysctl.conf?raw';
import core from '../build/core.wasm?url';
import whole from '../build/tcplint.wasm?url';

declare const Go: new () => { importObject: WebAssembly.Imports; run(instance: WebAssembly.Instance): Promise<void> };
declare const self: DedicatedWorkerGlobalScope & { tcplint(question: string): string };

// A first question makes the engine build its tables, so that the visitor's first
// check is about as fast as the next.
const first = { op: 'check', files: { 'nginx.conf': nginx, 'sysctl.conf': sysctl } };

async function start(): Promise<void> {
  const go = new Go();
  const response = await fetch(self.name === 'whole' ? whole : core);
  if (!response.ok) throw new Error(`the engine cannot be loaded: ${response.status}`);
  // Servers that do not know the type of .wasm files cannot have them compiled while
  // they arrive.
  const { instance } = response.headers.get('content-type') === 'application/wasm'
    ? await WebAssembly.instantiateStreaming(response, go.importObject)
    : await WebAssembly.instantiate(await response.arrayBuffer(), go.importObject);
  void go.run(instance);
  self.tcplint(JSON.stringify(first));
}

const ready = start();
ready.then(() => self.postMessage({ id: 0, answer: '{}' }), (e: unknown) => self.postMessage({ id: 0, error: String(e) }));
self.onmessage = async ({ data }: MessageEvent<{ id: number; question: string }>) => {
  try {
    await ready;
    self.postMessage({ id: data.id, answer: self.tcplint(data.question) });
  } catch (e) {
    self.postMessage({ id: data.id, error: String(e) });
  }
};
