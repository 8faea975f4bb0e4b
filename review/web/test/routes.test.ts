import { expect, it } from 'vitest';
import { hashOf, type Route, routeOf } from '../src/routes';

it('routes go into the address and back', () => {
  const document = '0123456789ab';
  const routes: Route[] = [
    { view: 'queue' },
    { view: 'people' },
    { view: 'adjudications' },
    { view: 'page', document, page: 3 },
    { view: 'adjudication', document, page: 12 },
  ];
  for (const route of routes) expect(routeOf(hashOf(route))).toEqual(route);
});

it('whatever is no route leads to the queue', () => {
  for (const hash of ['', '#', '#/page/x/1', '#/page/0123456789ab/0', '#/page/0123456789ab/1.5', '#/<b>']) {
    expect(routeOf(hash)).toEqual({ view: 'queue' });
  }
});
