// Who is signed in, and what their duties include. What is allowed on a single thing the services say (`useActions`).
import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import { console_, type SignedIn } from '../api/client'

const Session = createContext<SignedIn | null>(null)

export function signInPage(): string {
  return `/console/auth/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`
}

/** Shows its children once somebody is signed in; nobody signed in is sent to the issuer. */
export function SessionProvider({ children, waiting }: { children: ReactNode; waiting: ReactNode }) {
  const { data } = useQuery({ queryKey: ['session'], queryFn: console_.session, staleTime: 30_000 })
  if (!data) return waiting
  return <Session.Provider value={data}>{children}</Session.Provider>
}

export function useSession(): SignedIn {
  const session = useContext(Session)
  if (!session) throw new Error('outside of the session')
  return session
}

/** Whether somebody's duties include an operation of a service. */
export function useMay(): (service: string, operation: string) => boolean {
  const { operations } = useSession()
  return (service, operation) => operations[service]?.includes(operation) ?? false
}
