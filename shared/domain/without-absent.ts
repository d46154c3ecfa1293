// Wire forms leave out what is not there: clients such as Terraform read an invented value as a difference.

/** The object's members that have a value; null is one. */
export const withoutAbsent = <Members extends object>(object: Members): Partial<Members> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<Members>;
