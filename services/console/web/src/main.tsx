// The first file that runs: languages, shade, the cache of answers, the pages.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { Problem } from './api/client'
import { App } from './app/app'
import { giveStylesTheNonce } from './app/nonce'
import { startShade } from './app/preferences'
import { startLanguages } from './locales/i18n'

const REFUSED_FROM = 400
const AWAY_FROM = 500
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // Who is refused is refused again; who got no answer may get one.
      retry: (count, error) =>
        count < 3 && !(error instanceof Problem && error.status >= REFUSED_FROM && error.status < AWAY_FROM),
    },
  },
})

giveStylesTheNonce()
startLanguages()
startShade()
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>,
  )
}
