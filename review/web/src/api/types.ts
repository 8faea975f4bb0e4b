/** What the app and the server say to each other. The types are those of the API's schema (`npm run types`). */

import type { components } from './schema';

/** The server always sends what a schema calls optional because it has a default. */
type Whole<T> = T extends object ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> } : T;
type Schema<K extends keyof components['schemas']> = Whole<components['schemas'][K]>;

export type Cell = Schema<'ReviewCell'>;
export type Table = Schema<'ReviewTable'>;
export type BBox = Cell['bbox'];
export type Quad = Cell['quad'];
export type Point = Quad[number];
/** A labelled stretch of a cell's text; positions count characters (code points), as Python does. */
export type Span = Schema<'Span'>;
export type Evidence = Schema<'Evidence'>;
export type Repair = Schema<'Repair'>;
export type RepairKind = Repair['kind'];
export type Fragment = Schema<'Fragment'>;
export type Organization = Schema<'Organization'>;
export type Line = Schema<'Line'>;
export type Provenance = Schema<'Provenance'>;
export type CellRef = Schema<'CellRef'>;
export type Finding = Schema<'Finding'>;

export type Place = Change['removed'][number];
export type Splice = Schema<'Splice'>;
export type Axis = Splice['axis'];
// The name of the kind of patch has a default in the schema; here it tells the kinds apart.
export type Change = Schema<'Change'> & { op: 'change' };
export type Add = Schema<'Add'> & { op: 'add' };
export type Remove = Schema<'Remove'> & { op: 'remove' };
export type Patch = Change | Add | Remove;

export type Problem = Schema<'Problem'>;
export type Session = Schema<'Session'>;
export type Word = Schema<'Word'>;
export type Words = Schema<'Words'>;

export type QueueItem = Schema<'QueueItem'>;
export type PageState = QueueItem['state'];
export type Why = QueueItem['why'];
export type Progress = Schema<'Progress'>;
export type StopEstimate = Schema<'StopEstimate'>;
export type Queue = Schema<'Queue'>;
export type PersonStats = Schema<'PersonStats'>;
export type People = Schema<'People'>;

export type Term = Schema<'Term'>;
export type Equation = Schema<'EquationView'>;
export type Doubt = Schema<'Doubt'>;
export type DoubtWhy = Doubt['why'][number];

/** A record; the fields of its own beside these are strings, numbers, truth values or null. */
export interface RecordView {
  type: string;
  id: string;
  confidence: number | null;
  status: string;
  provenance: Record<string, Provenance[]>;
  checks: string[];
  [field: string]: unknown;
}

export type Derived = Omit<Schema<'Derived'>, 'records'> & { records: RecordView[] };
export type Claim = Schema<'Claim'>;
export type PageInfo = Schema<'PageInfo'>;
export type PageView = Omit<Schema<'PageView'>, 'derived'> & { derived: Derived };

export type EditIn = Omit<Schema<'Edit'>, 'patches'> & { patches: Patch[] };
export type Saved = Schema<'Saved'>;
export type Event = Omit<Schema<'Event'>, 'patches'> & { patches: Patch[] };
export type Conflict = Omit<Schema<'Conflict'>, 'events'> & { events: Event[] };
export type Held = Schema<'Held'>;
export type Accepted = Schema<'Accepted'>;
export type CellEvent = Schema<'CellEvent'>;
export type CellHistory = Schema<'CellHistory'>;
export type Difference = Schema<'Difference'>;
export type Adjudicable = Schema<'Adjudicable'>;
export type Adjudications = Schema<'Adjudications'>;
export type AdjudicationView = Schema<'AdjudicationView'>;
export type Choice = Schema<'Choice'>;
