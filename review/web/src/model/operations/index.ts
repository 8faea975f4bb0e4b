/** All that a person can do to tables. */

export * from './cells';
export * from './labels';
export * from './lines';
export * from './outcome';
export * from './tables';
export * from './texts';
