/** Whether an Engine can be reached: `connecting` until the first answer or failure. */
export type EngineState = 'connecting' | 'connected' | 'lost';
