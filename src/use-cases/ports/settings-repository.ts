/** Small facts about this installation, by name. No secrets. */
export interface SettingsRepository {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  /** Stores the value unless there is one; answers what is stored now. Atomic: all servers get the same answer. */
  putIfAbsent(key: string, value: string): Promise<string>;
}
