// `/` searches, `?` tells what keys there are, `g` and a digit goes to a place of the menu.
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'

const PATIENCE_MS = 1200

export function useShortcuts(places: string[], help: () => void): void {
  const navigate = useNavigate()
  useEffect(() => {
    let going = 0
    const press = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement
      if (at.closest('input, textarea, select, [contenteditable]') || event.ctrlKey || event.metaKey || event.altKey)
        return
      const place = places[Number(event.key) - 1]
      if (event.key === '/') {
        event.preventDefault()
        document.getElementById('search')?.focus()
      } else if (event.key === '?') help()
      else if (event.key === 'g') going = Date.now()
      else if (place && Date.now() - going < PATIENCE_MS) navigate({ to: place })
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [places, help, navigate])
}
