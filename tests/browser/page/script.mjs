// A file of a package as its vendor's host serves it. In a page there is none.

export function script(path) {
  const { createRequire } = globalThis.process.getBuiltinModule('node:module');
  const { existsSync, readFileSync } = globalThis.process.getBuiltinModule('node:fs');
  const file = createRequire(import.meta.url).resolve.paths('x').map((root) => `${root}/${path}`).find(existsSync);
  return file ? { type: 'text/javascript; charset=utf-8', body: readFileSync(file) } : { status: 404, body: {} };
}
