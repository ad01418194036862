type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/**
 * Plain JSON in, plain JSON out: moves every schema that has a `title` into `components.schemas` under that name, once, and puts references in its places.
 * Members of the result stand in the order in which they were met, so the same routes give the same text.
 *
 * @throws TypeError when two different schemas have one title
 */
export function shareTitledSchemas(document: object): object {
  const shared = new Map<string, { readonly text: string; readonly schema: JsonObject }>();

  function visit(value: Json): Json {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const inner = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, visit(member)]));
    const title = titleOf(inner);
    if (title === undefined) return inner;
    const text = JSON.stringify(inner);
    const known = shared.get(title);
    if (known !== undefined && known.text !== text) {
      throw new TypeError(`two different schemas have the title "${title}"`);
    }
    shared.set(title, { text, schema: inner });
    return { $ref: `#/components/schemas/${title}` };
  }

  const { components, ...rest } = document as JsonObject;
  const paths = visit(rest['paths'] ?? {});
  const schemas = Object.fromEntries(
    [...shared].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { schema }]) => [name, schema]),
  );
  return { ...rest, paths, components: { ...(components as JsonObject), schemas } };
}

/** The title of a schema; a property that is called `title` is none. */
function titleOf({ title, type, anyOf, oneOf, allOf }: JsonObject): string | undefined {
  const isSchema = [type, anyOf, oneOf, allOf].some((member) => member !== undefined);
  return typeof title === 'string' && isSchema ? title : undefined;
}
