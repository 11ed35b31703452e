// Light or dark: the system's choice until somebody makes one of their own.
import { useSyncExternalStore } from 'react'

export type Shade = 'light' | 'dark'

const CHOSEN = 'liudai.shade'
const system = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

function current(): Shade {
  const chosen = localStorage.getItem(CHOSEN)
  return chosen === 'light' || chosen === 'dark' ? chosen : system.matches ? 'dark' : 'light'
}

function tell(): void {
  document.documentElement.dataset.theme = current()
  document.documentElement.style.colorScheme = current()
  for (const listener of listeners) listener()
}

export function startShade(): void {
  system.addEventListener('change', tell)
  tell()
}

export function switchShade(): void {
  localStorage.setItem(CHOSEN, current() === 'dark' ? 'light' : 'dark')
  tell()
}

export function useShade(): Shade {
  return useSyncExternalStore(listener => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, current)
}
