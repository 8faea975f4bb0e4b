/** Where in the app one is: the part of the address behind `#`. */

export type Route =
  | { view: 'queue' }
  | { view: 'people' }
  | { view: 'adjudications' }
  | { view: 'page'; document: string; page: number }
  | { view: 'adjudication'; document: string; page: number };

export function routeOf(hash: string): Route {
  const [first, document, page] = hash.replace(/^#\/?/, '').split('/');
  const number = Number(page);
  const paged = /^[0-9a-f]{12}$/.test(document ?? '') && Number.isInteger(number) && number > 0;
  if (first === 'page' && paged) return { view: 'page', document: document!, page: number };
  if (first === 'adjudication' && paged) return { view: 'adjudication', document: document!, page: number };
  if (first === 'people') return { view: 'people' };
  if (first === 'adjudication') return { view: 'adjudications' };
  return { view: 'queue' };
}

export function hashOf(route: Route): string {
  switch (route.view) {
    case 'page':
      return `#/page/${route.document}/${route.page}`;
    case 'adjudication':
      return `#/adjudication/${route.document}/${route.page}`;
    case 'adjudications':
      return '#/adjudication';
    default:
      return `#/${route.view}`;
  }
}
