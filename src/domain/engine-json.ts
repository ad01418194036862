/** JSON of the Engine's API, in its own words. */
export type EngineJson = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is EngineJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lays `over` onto `base`: objects are merged member by member, anything else replaces what is there. */
export function laidOver(base: EngineJson, over: EngineJson): EngineJson {
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(over)) {
    const below = merged.get(name);
    merged.set(name, isObject(below) && isObject(value) ? laidOver(below, value) : value);
  }
  return Object.fromEntries(merged);
}
