// What the visitor has entered, packed into the fragment of the address: that part is
// never sent to a server.
import type { State } from './types';

const mark = '#1.';
// Longer links break in mail and chats.
export const longest = 60_000;

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(out).arrayBuffer());
}

export async function pack(state: State): Promise<string> {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(state)), new CompressionStream('deflate-raw'));
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  return mark + btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const texts = (x: unknown): Record<string, string> => {
  const out: Record<string, string> = {};
  if (x && typeof x === 'object') {
    for (const [name, text] of Object.entries(x)) if (typeof text === 'string') out[name] = text;
  }
  return out;
};

// unpack reads a fragment; nothing if it is none of ours or damaged.
export async function unpack(fragment: string): Promise<State | undefined> {
  if (!fragment.startsWith(mark)) return undefined;
  try {
    const text = atob(fragment.slice(mark.length).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = await through(Uint8Array.from(text, (c) => c.charCodeAt(0)), new DecompressionStream('deflate-raw'));
    const s = JSON.parse(new TextDecoder().decode(bytes)) as Partial<State>;
    return {
      files: texts(s.files), evidence: texts(s.evidence),
      server: typeof s.server === 'string' ? s.server : '', kernel: typeof s.kernel === 'string' ? s.kernel : '',
    };
  } catch {
    return undefined;
  }
}
