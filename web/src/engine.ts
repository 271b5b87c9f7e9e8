import type { Question } from './types';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const waiting = new Map<number, { done(text: string): void; failed(e: Error): void }>();
let count = 0;

// ready is settled once the engine is loaded.
export const ready = new Promise<string>((done, failed) => waiting.set(0, { done, failed }));

worker.onmessage = ({ data }: MessageEvent<{ id: number; answer?: string; error?: string }>) => {
  const one = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.answer === undefined) one?.failed(new Error(data.error));
  else one?.done(data.answer);
};
worker.onerror = (e) => waiting.get(0)?.failed(new Error(e.message || 'the engine cannot be started'));

// ask puts a question to the engine. What the engine cannot answer is an Error with
// its words.
export async function ask<T>(question: Question): Promise<T> {
  const id = ++count;
  const text = await new Promise<string>((done, failed) => {
    waiting.set(id, { done, failed });
    worker.postMessage({ id, question: JSON.stringify(question) });
  });
  const answer = JSON.parse(text) as T & { error?: string };
  if (answer && typeof answer === 'object' && 'error' in answer && answer.error) throw new Error(answer.error);
  return answer;
}
