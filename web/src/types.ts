// The forms of questions and answers, as Go's package page declares them.
export interface Place { file: string; from: number; to: number; line: number }
export interface Note { message: string; at?: Place | null }
export type Severity = 'error' | 'warning' | 'info';
export interface Finding {
  rule: string; severity: Severity; message: string; at: Place | null; notes: Note[];
  versions?: string; fix?: string; safety?: string;
}
export interface Value { name: string; value: string; from: string }
export interface PictureNode {
  stage: string; label: string; note: string; server: number; at?: Place | null; facts: Value[]; findings: number[];
}
export interface PictureEdge { from: number; to: number; state: string; label: string; findings: number[] }
export interface Picture { name: string; hidden: number; nodes: PictureNode[]; edges: PictureEdge[] }
export interface Checked { findings: Finding[]; notChecked: Note[]; messages: string[]; suppressed: number; pictures: Picture[] }
export interface Patched { changes: { file: string; text: string }[]; diff: string; applied: number; dropped: string[] }
export interface Explained {
  id: string; title: string; severity?: Severity; why: string; cure?: string;
  examples: { name: string; bad: string; good: string }[]; refs: string[]; docs?: string;
  forms?: Form[]; rules?: string[];
}
export interface Spoken { value: string; versions: string; source: string }
export interface Form {
  module: string; meaning: string; contexts: string[] | null; takes: string; unit: string; defaults: Spoken[] | null; limits: Spoken[] | null;
  scope: string; versions: string; changes: { version: string; what: string; source: string }[] | null; source: string;
}
export interface Limit {
  id: string; title: string; subject: string; unit: string; value: number | null; from: string[]; missing: string;
  driver: string; reached: number | null; formula: string; needs: number | null; overrun: boolean;
  used: number | null; usedAt: string; note: string;
}
export interface Capacity { latency: number; assumed: boolean; hosts: { name: string; limits: Limit[] }[] }
export interface Behind { address?: string; service?: string; from?: string; candidates?: string[]; values?: Value[] | null }
export interface Shown {
  nginx: string; kernel: string; files: string[];
  locations: { path: string[]; from: string; pass: Value; target: string; settings: Value[]; headers: Value[] }[];
  upstreams: { name: string; from: string; servers: string[]; pool: Value }[];
  sysctl: Value[]; unseen: string[]; assumed: string[];
}
export interface Answer {
  cause: string; certainty: string; title: string; message: string;
  evidence: { file: string; line: number; text: string; says: string }[];
  places: Note[]; rule?: string; diff?: string; cure?: string; cured?: string;
  excluded: [string, string][]; open: string[]; decide: string[];
}
export interface Diagnosed {
  answers: Answer[]; normal: string[]; notUsed: string[]; notLooked: { symptom: string; title: string; try: string[] }[];
}
// State is all that the visitor has entered.
export interface State { files: Record<string, string>; evidence: Record<string, string>; server: string; kernel: string }
export interface Question extends Partial<State> { op: string; finding?: number; unsafe?: boolean; id?: string; rate?: number; clients?: number; latency?: number }
