import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../src/api/client';
import { newId, Outbox, type OutboxNotice } from '../src/api/outbox';
import type { EditIn, Patch } from '../src/api/types';

class Memory {
  private values = new Map<string, string>();
  get length() {
    return this.values.size;
  }
  key(index: number) {
    return [...this.values.keys()][index] ?? null;
  }
  getItem(key: string) {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.values.set(key, value);
  }
  removeItem(key: string) {
    this.values.delete(key);
  }
}

const change = (table: string): Patch => ({ op: 'change', table, removed: [], splices: [], put: [], header_rows: 1, kind: null });
const edit = (id: string, base: number, ...tables: string[]): EditIn => ({
  edit: id,
  base,
  page: 1,
  action: 'text',
  patches: tables.map(change),
  strokes: 1,
  undoes: null,
});

const offline = new ApiError(0, { error: 'offline', hint: null });

function box(storage: Memory, answers: (number | ApiError)[], now = () => 1000) {
  const sent: EditIn[] = [];
  const notices: OutboxNotice[] = [];
  const outbox = new Outbox(
    storage,
    async (_, each) => {
      sent.push(each);
      const answer = answers.shift() ?? offline;
      if (answer instanceof ApiError) throw answer;
      return { version: answer, edit: each.edit };
    },
    newId(),
    now,
  );
  outbox.subscribe((notice) => notices.push(notice));
  return { outbox, sent, notices };
}

describe('the outbox', () => {
  it('sends in order, each on top of the last', async () => {
    const { outbox, sent } = box(new Memory(), [6, 7]);
    outbox.add('d', edit('a', 5, 't1'));
    outbox.add('d', edit('b', 5, 't1'));
    expect(outbox.state).toBe('saving');
    await outbox.flush();
    expect(sent.map((each) => [each.edit, each.base])).toEqual([['a', 5], ['b', 6]]);
    expect(outbox.state).toBe('saved');
  });

  it('knows what it has seen when others came between', async () => {
    const { outbox, sent } = box(new Memory(), [7, 8, 9]);
    outbox.add('d', edit('a', 5, 't1'));
    outbox.add('d', edit('b', 5, 't1'));
    outbox.add('d', edit('c', 5, 't1', 't2'));
    const c = outbox.of('d')[2]!;
    await outbox.flush();
    expect(sent.map((each) => each.base)).toEqual([5, 7, 5]);
    expect(c.own).toEqual([7, 8]);
  });

  it('keeps what cannot be sent and sends it again after a reload, under the same id', async () => {
    vi.useFakeTimers();
    const storage = new Memory();
    const first = box(storage, [offline]);
    first.outbox.add('d', edit('a', 5, 't1'));
    await first.outbox.flush();
    expect(first.outbox.state).toBe('offline');
    first.outbox.close();
    vi.clearAllTimers();
    const second = box(storage, [6]);
    expect(second.outbox.size).toBe(1);
    await second.outbox.flush();
    expect(second.sent.map((each) => each.edit)).toEqual(['a']);
    expect(storage.length).toBe(0);
    vi.useRealTimers();
  });

  it('tries again by itself', async () => {
    vi.useFakeTimers();
    const { outbox, sent } = box(new Memory(), [offline, offline, 6]);
    outbox.add('d', edit('a', 5, 't1'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(3);
    expect(outbox.state).toBe('saved');
    vi.useRealTimers();
  });

  it('leaves alone what another page is about to send, and takes over from one that crashed', () => {
    vi.useFakeTimers();
    const storage = new Memory();
    let time = 1000;
    const first = box(storage, [offline], () => time);
    first.outbox.add('d', edit('a', 5, 't1'));
    const second = box(storage, [], () => time);
    expect(second.outbox.size).toBe(0);
    time += 60_000;
    second.outbox.adopt();
    expect(second.outbox.size).toBe(1);
    vi.useRealTimers();
  });

  it('waits for a decision on a conflict, and goes on with what was decided', async () => {
    const conflict = new ApiError(409, { error: '', hint: null, version: 9, events: [] } as never);
    const { outbox, sent, notices } = box(new Memory(), [conflict, 3, 10]);
    outbox.add('d', edit('a', 5, 't1'));
    outbox.add('e', edit('b', 2, 't1'));
    await outbox.flush();
    expect(outbox.state).toBe('conflict');
    expect(notices.filter((notice) => notice.what === 'conflict')).toHaveLength(1);
    expect(sent.map((each) => each.edit)).toEqual(['a', 'b']);
    outbox.resolve('d', [{ edit: edit('a', 5, 't1'), undoes: null }], 9);
    await outbox.flush();
    expect(sent.at(-1)).toMatchObject({ edit: 'a', base: 9 });
    expect(outbox.state).toBe('saved');
  });

  it('drops what will never fit, with all that was built on it', async () => {
    const { outbox, notices } = box(new Memory(), [new ApiError(400, { error: 'no', hint: null })]);
    outbox.add('d', edit('a', 5, 't1'));
    outbox.add('d', edit('b', 5, 't1'));
    await outbox.flush();
    expect(outbox.size).toBe(0);
    expect(notices.find((notice) => notice.what === 'rejected')).toMatchObject({ dropped: [{}, {}] });
  });

  it('tells the version of what an edit takes back once it is known', async () => {
    const { outbox, sent } = box(new Memory(), [6, 7]);
    outbox.add('d', edit('a', 5, 't1'));
    outbox.add('d', edit('b', 5, 't1'), 'a');
    await outbox.flush();
    expect(sent[1]).toMatchObject({ edit: 'b', undoes: 6 });
  });
});

it('ids are random UUIDs', () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
