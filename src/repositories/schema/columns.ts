import { customType, jsonb, timestamp } from 'drizzle-orm/pg-core';

/** A moment in UTC. Milliseconds, as in a Date: a sort key that came back from JavaScript equals the one in the table. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

/** A list of names; NULL means "not narrowed". */
export const names = (name: string) => jsonb(name).$type<readonly string[]>();

/** Bytes as they are; both drivers take and give a Uint8Array. */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
});
