import { say } from './dom';
import type { Question } from './types';

// Engine is a worker that answers questions.
class Engine {
  // ready is settled once the engine is loaded.
  readonly ready: Promise<string>;
  private readonly waiting = new Map<number, { done(text: string): void; failed(e: Error): void }>();
  private count = 0;

  constructor(private readonly worker: Worker) {
    this.ready = new Promise((done, failed) => this.waiting.set(0, { done, failed }));
    worker.onmessage = ({ data }: MessageEvent<{ id: number; answer?: string; error?: string }>) => {
      const one = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.answer === undefined) one?.failed(new Error(data.error));
      else one?.done(data.answer);
    };
    worker.onerror = (e) => this.waiting.get(0)?.failed(new Error(e.message || 'the engine cannot be started'));
  }

  ask(question: string): Promise<string> {
    const id = ++this.count;
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.worker.postMessage({ id, question });
    });
  }
}

const core = new Engine(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
let whole: Engine | undefined;

export const ready = core.ready;

// larger is the whole engine, which is loaded when something needs it.
async function larger(): Promise<Engine> {
  if (!whole) {
    say('more of the engine is being loaded');
    whole = new Engine(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'whole' }));
  }
  try {
    await whole.ready;
  } catch (e) {
    whole = undefined; // the next question tries again
    throw e;
  }
  return whole;
}

// ask puts a question to the engine. What the engine cannot answer is an Error with
// its words.
export async function ask<T>(question: Question): Promise<T> {
  type Reply = T & { error?: string; more?: boolean };
  const text = JSON.stringify(question);
  let answer = JSON.parse(await core.ask(text)) as Reply;
  if (!Array.isArray(answer) && answer.more) answer = JSON.parse(await (await larger()).ask(text)) as Reply;
  if (answer && typeof answer === 'object' && 'error' in answer && answer.error) throw new Error(answer.error);
  return answer;
}
