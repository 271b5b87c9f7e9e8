// Real incidents: the four that tcplint grew out of, and two that were recorded with
// what the machine printed.
import type { State } from './types';

const incidents = import.meta.glob<string>('../../testdata/incidents/*/{nginx.conf,sysctl.conf,service.env}', { query: '?raw', import: 'default', eager: true });
const recorded = import.meta.glob<string>([
  '../../internal/diagnose/testdata/recorded/accept-queue-full/*.{conf,txt}',
  '../../internal/diagnose/testdata/recorded/worker-connections/{nginx.conf,error.log,ss-ltn.txt,proc-limits.txt,sockstat.txt}',
], { query: '?raw', import: 'default', eager: true });

export const examples: { title: string; state: State }[] = [];

const titles: Record<string, string> = {
  '1-event-stream': 'an event stream that hangs',
  '2-time-wait': 'thousands of TIME_WAIT',
  '3-starved-health-checks': 'health checks that starve',
  '4-random-502': 'one request in a few hundred is a 502',
  'accept-queue-full': 'a full accept queue, with what ss and nstat say',
  'worker-connections': 'workers without connections, with the error log',
};

for (const [path, text] of Object.entries({ ...incidents, ...recorded })) {
  const [name, folder] = path.split('/').reverse();
  if (!name || !folder) continue;
  const title = titles[folder] ?? folder;
  let e = examples.find((e) => e.title === title);
  if (!e) examples.push(e = { title, state: { files: {}, evidence: {}, server: '', kernel: '' } });
  if (/\.(conf|env)$/.test(name)) e.state.files[name] = text;
  else if (text) e.state.evidence[name] = text;
}
