// The engine, away from the page's own thread.
import '../build/wasm_exec.js';
import wasm from '../build/tcplint.wasm?url';

declare const Go: new () => { importObject: WebAssembly.Imports; run(instance: WebAssembly.Instance): Promise<void> };
declare const self: DedicatedWorkerGlobalScope & { tcplint(question: string): string };

// A first question makes the engine build its tables, so that the visitor's first
// check is about as fast as the next.
const first = {
  op: 'check',
  files: {
    'nginx.conf': 'events {}\nhttp {\n    upstream a { server localhost:80; keepalive 2; }\n    server {\n        listen 80;\n        location / { proxy_pass http://a; proxy_set_header Connection ""; }\n    }\n}\n',
    'sysctl.conf': 'net.core.somaxconn = 128\nnet.ipv4.tcp_tw_reuse = 1\n',
  },
};

async function start(): Promise<void> {
  const go = new Go();
  const response = await fetch(wasm);
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
