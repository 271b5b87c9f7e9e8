// Package web holds the playground: a page that checks configuration in the browser,
// with nothing behind it. The page is TypeScript (src), the engine that it loads is
// built from web/wasm; the tests here look at what "npm run build" has made.
package web
