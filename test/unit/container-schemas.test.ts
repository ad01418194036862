import type { Static } from 'typebox';
import { expect, expectTypeOf, it } from 'vitest';
import type { ContainerDetails, ContainerSummary, PathStat } from '../../src/domain/container.ts';
import type { ContainerChange, ContainerSpec } from '../../src/domain/container-spec.ts';
import { CreateBody } from '../../src/http/schemas/container-create.ts';
import type { UpdateBody } from '../../src/http/schemas/container-requests.ts';
import {
  ContainerDetailsSchema,
  ContainerSummarySchema,
  type PathStatSchema,
} from '../../src/http/schemas/containers.ts';
import { validatorCompiler } from '../../src/http/validation.ts';

/** Whether each member of either type is one of the other, whatever is read-only. */
type SameMembers<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : false;

it('says of containers what the domain says of them, member by member', () => {
  expectTypeOf<SameMembers<Static<typeof ContainerSummarySchema>, ContainerSummary>>().toEqualTypeOf<true>();
  expectTypeOf<SameMembers<Static<typeof ContainerDetailsSchema>, ContainerDetails>>().toEqualTypeOf<true>();
  expectTypeOf<SameMembers<Static<typeof PathStatSchema>, PathStat>>().toEqualTypeOf<true>();
  expect(Object.keys(ContainerDetailsSchema.properties)).toEqual(
    expect.arrayContaining(Object.keys(ContainerSummarySchema.properties)),
  );
});

it('takes for a container what the domain knows, member by member', () => {
  expectTypeOf<SameMembers<Omit<Static<typeof CreateBody>, 'start'>, ContainerSpec>>().toEqualTypeOf<true>();
  expectTypeOf<Omit<Static<typeof CreateBody>, 'start'>>().toExtend<ContainerSpec>();
  expectTypeOf<Static<typeof UpdateBody>>().toExtend<ContainerChange>();
});

it('tells every mistake of a body, but of a very large one only the first, at once', () => {
  const validate = validatorCompiler()({ schema: CreateBody, httpPart: 'body', method: 'POST', url: '/' });
  const wrong = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`A${index}`, index]));
  expect(validate({ image: 5, env: wrong(100), colour: 'red' })).toBe(false);
  expect(validate.errors?.length).toBe(102);
  for (const count of [9_000, 300_000]) {
    expect(validate({ image: 'a', env: wrong(count) })).toBe(false);
    expect(validate.errors?.length).toBe(1);
  }
  expect(validate({ image: 'a' })).toBe(true);
  expect(validate.errors).toBeNull();
});

it('has examples that it takes itself', () => {
  const validate = validatorCompiler()({ schema: CreateBody, httpPart: 'body', method: 'POST', url: '/' });
  for (const example of (CreateBody as { examples?: unknown[] }).examples ?? []) {
    expect(validate(structuredClone(example))).toBe(true);
  }
  for (const [name, schema] of Object.entries(CreateBody.properties)) {
    for (const value of (schema as { examples?: unknown[] }).examples ?? []) {
      expect([name, validate({ image: 'a', [name]: structuredClone(value) })]).toEqual([name, true]);
    }
  }
});
