import { defineConfig } from 'drizzle-kit';

// `npx drizzle-kit generate --name <what>` writes the next migration after a change below schema/.
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/repositories/schema/*.ts',
  out: './drizzle',
});
