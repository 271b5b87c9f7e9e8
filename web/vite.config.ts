import { defineConfig } from 'vite';

// Relative addresses: the page works in any folder of any server.
export default defineConfig({
  base: './',
  server: { fs: { allow: ['..'] } },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'editor', test: /node_modules/ }] },
      },
    },
  },
});
