/** What the app and the server say to each other: the types of `review/wire.py`. */

export type BBox = [number, number, number, number];
export type Point = [number, number];
export type Quad = [Point, Point, Point, Point];
export type Place = [row: number, col: number];

/** A labelled stretch of a cell's text; positions count characters (code points), as Python does. */
export interface Span {
  start: number;
  end: number;
  label: string;
  confidence: number | null;
}

export interface Evidence {
  text: string;
  page: number | null;
  bbox: BBox | null;
}

export type RepairKind = 'joined' | 'completed' | 'shifted' | 'carried' | 'misread' | 'proposed';

export interface Repair {
  kind: RepairKind;
  before: string;
  after: string;
  evidence: Evidence[];
}

export interface Cell {
  row: number;
  col: number;
  rowspan: number;
  colspan: number;
  text: string;
  raw_text: string;
  page: number;
  bbox: BBox;
  quad: Quad;
  confidence: number | null;
  header: boolean;
  spans: Span[];
  repairs: Repair[];
  reviewer: string | null;
  unsure: boolean;
}

export interface Organization {
  code: string | null;
  name: string | null;
}

export interface Fragment {
  page: number;
  table: string;
  reason: string;
}

export interface Table {
  id: string;
  kind: string;
  title: string | null;
  unit: string | null;
  organization: Organization | null;
  fragments: Fragment[];
  n_rows: number;
  n_cols: number;
  header_rows: number;
  cells: Cell[];
  confidence: number | null;
}

export type Axis = 'row' | 'col';

export interface Splice {
  axis: Axis;
  at: number;
  delete: number;
  insert: number;
}

export interface Change {
  op: 'change';
  table: string;
  removed: Place[];
  splices: Splice[];
  put: Cell[];
  header_rows: number | null;
  kind: string | null;
}

export interface Add {
  op: 'add';
  table: Table;
  after: string | null;
}

export interface Remove {
  op: 'remove';
  table: string;
}

export type Patch = Change | Add | Remove;

export interface Problem {
  error: string;
  hint: string | null;
}

export interface Session {
  person: string | null;
  csrf: string;
  needs_token: boolean;
}

export interface Word {
  name: string;
  zh: string;
  en: string;
  group: string;
}

export interface Words {
  labels: Word[];
  kinds: Word[];
  rules: Word[];
}

export type PageState = 'open' | 'accepted' | 'unsure';
export type Why = 'priority' | 'random' | 'rare';

export interface QueueItem {
  document: string;
  name: string;
  page: number;
  pages: number;
  score: number;
  why: Why;
  doubtful: number;
  failed: number;
  money: string;
  kinds: string[];
  state: PageState;
  claimed_by: string | null;
  accepted_by: string | null;
}

export interface Progress {
  pages: number;
  accepted: number;
  unsure: number;
  open: number;
}

export interface StopEstimate {
  cells_left: number | null;
  target: number;
  level: number;
  error_now: number;
  bound_now: number;
}

export interface Queue {
  items: QueueItem[];
  total: number;
  progress: Progress;
  stop: StopEstimate;
}

export interface PersonStats {
  person: string;
  accepted: number;
  edits: number;
  seconds_a_page: number | null;
  kappa: number | null;
  amounts_agree: number | null;
  gold_right: number | null;
  gold_seen: number;
}

export interface People {
  people: PersonStats[];
}

export interface CellRef {
  table: string;
  row: number;
  col: number;
}

export interface Term extends CellRef {
  label: string;
  value: string;
  known: boolean;
  scale: string;
}

export interface Equation {
  id: string;
  rule: string;
  label: string;
  left: Term[];
  right: Term[];
  wanted: string[];
  tolerance: string;
}

export type DoubtWhy = 'confidence' | 'check' | 'proposed' | 'unread';

export interface Doubt extends CellRef {
  probability: number | null;
  why: DoubtWhy[];
}

export interface Provenance {
  page: number;
  bbox: BBox;
  table: string | null;
  row: number | null;
  col: number | null;
}

/** A record; the fields of its own beside these are strings, numbers or null. */
export interface RecordView {
  type: string;
  id: string;
  confidence: number | null;
  status: string;
  provenance: Record<string, Provenance[]>;
  checks: string[];
  [field: string]: unknown;
}

export interface Finding {
  id: string;
  rule: string;
  status: 'pass' | 'fail' | 'skipped';
  severity: 'info' | 'warning' | 'error';
  message: string;
  tables: string[];
  cells: CellRef[];
  amounts: Record<string, string>;
}

export interface Derived {
  version: number;
  records: RecordView[];
  findings: Finding[];
  equations: Equation[];
  doubtful: Doubt[];
}

export interface Claim {
  person: string;
  until: number;
}

export interface PageInfo {
  number: number;
  width: number;
  height: number;
  dpi: number;
  kind: string;
  status: string;
  error: string | null;
}

export interface Line {
  text: string;
  bbox: BBox;
  role: string;
  confidence: number | null;
}

export interface PageView {
  document: string;
  name: string;
  page: PageInfo;
  pages: number;
  version: number;
  state: PageState;
  accepted_by: string | null;
  claim: Claim | null;
  tables: Table[];
  /** The table that stands before these in the document; null before all. */
  previous?: string | null;
  lines: Line[];
  derived: Derived;
  newer_reading: boolean;
}

export interface EditIn {
  edit: string;
  base: number;
  page: number;
  action: string;
  patches: Patch[];
  strokes: number;
  undoes: number | null;
}

export interface Saved {
  version: number;
  edit: string;
}

export interface Event {
  version: number;
  person: string;
  at: string;
  action: string;
  patches: Patch[];
}

export interface Conflict extends Problem {
  version: number;
  events: Event[];
}

export interface Held extends Problem {
  claim: Claim;
}

export interface Accepted {
  version: number;
  next: QueueItem | null;
}

export interface CellEvent {
  version: number;
  person: string;
  at: string;
  action: string;
  before: Cell | null;
  after: Cell | null;
}

export interface CellHistory {
  events: CellEvent[];
}

export interface Difference extends CellRef {
  what: 'text' | 'label' | 'structure';
  a: string;
  b: string;
}

export interface Adjudicable {
  document: string;
  name: string;
  page: number;
  people: [string, string];
  differences: number;
}

export interface Adjudications {
  items: Adjudicable[];
}

export interface AdjudicationView {
  version: number;
  people: [string, string];
  tables_a: Table[];
  tables_b: Table[];
  differences: Difference[];
}

export interface Choice {
  table: string;
  row: number | null;
  col: number | null;
  take: 'a' | 'b';
}
