/** Stands in a stream where items were dropped because their reader was too slow. */
export interface Gap {
  readonly gap: {
    readonly items: number;
    readonly bytes: number;
  };
}

/** Whether an item of a stream with gaps is a gap. */
export function isGap(item: unknown): item is Gap {
  return typeof item === 'object' && item !== null && 'gap' in item;
}
