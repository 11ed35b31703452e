// Which page lies where. Each is loaded when it is gone to; charts come with the pages that draw them.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { Shell } from './shell'

const root = createRootRoute({ component: Shell })

const pipeline = createRoute({
  getParentRoute: () => root,
  path: '/pipeline',
  component: lazyRouteComponent(() => import('../screens/pipeline'), 'Pipeline'),
})
const apply = createRoute({
  getParentRoute: () => root,
  path: '/applications/new',
  component: lazyRouteComponent(() => import('../screens/apply'), 'Apply'),
})
export const applicationRoute = createRoute({
  getParentRoute: () => root,
  path: '/applications/$id',
  validateSearch: (search: Record<string, unknown>): { asOf?: string; tab?: string } => ({
    ...(typeof search.asOf === 'string' && { asOf: search.asOf }),
    ...(typeof search.tab === 'string' && { tab: search.tab }),
  }),
  component: lazyRouteComponent(() => import('../screens/application'), 'ApplicationDetail'),
})
const reviews = createRoute({
  getParentRoute: () => root,
  path: '/reviews',
  component: lazyRouteComponent(() => import('../screens/reviews'), 'Reviews'),
})
const drawdowns = createRoute({
  getParentRoute: () => root,
  path: '/drawdowns',
  component: lazyRouteComponent(() => import('../screens/drawdowns'), 'Drawdowns'),
})
export const drawdownRoute = createRoute({
  getParentRoute: () => root,
  path: '/drawdowns/$contract/$id',
  component: lazyRouteComponent(() => import('../screens/drawdown'), 'DrawdownDetail'),
})
const loans = createRoute({
  getParentRoute: () => root,
  path: '/loans',
  component: lazyRouteComponent(() => import('../screens/loans'), 'Loans'),
})
export const loanRoute = createRoute({
  getParentRoute: () => root,
  path: '/loans/$id',
  validateSearch: (search: Record<string, unknown>): { asOf?: string; tab?: string } => ({
    ...(typeof search.asOf === 'string' && { asOf: search.asOf }),
    ...(typeof search.tab === 'string' && { tab: search.tab }),
  }),
  component: lazyRouteComponent(() => import('../screens/loan'), 'LoanDetail'),
})
const operations = createRoute({
  getParentRoute: () => root,
  path: '/operations',
  component: lazyRouteComponent(() => import('../screens/operations'), 'Operations'),
})
const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  component: lazyRouteComponent(() => import('../screens/welcome'), 'Welcome'),
})
const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../screens/welcome'), 'Home'),
})
export const router = createRouter({
  basepath: '/console',
  routeTree: root.addChildren([
    home,
    pipeline,
    apply,
    applicationRoute,
    reviews,
    drawdowns,
    drawdownRoute,
    loans,
    loanRoute,
    operations,
    welcome,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
