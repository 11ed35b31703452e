import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// The server puts a fresh nonce where the placeholder stands, and serves everything below /console/.
export default defineConfig({
  base: '/console/',
  plugins: [react()],
  html: { cspNonce: '__CSP_NONCE__' },
  build: { outDir: '../static', emptyOutDir: true, reportCompressedSize: false, chunkSizeWarningLimit: 1200 },
})
