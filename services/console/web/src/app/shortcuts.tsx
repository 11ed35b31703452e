// `/` searches, `?` tells what keys there are, `g` and a digit goes to a place of the menu.
import { useNavigate } from '@tanstack/react-router'
import { Descriptions, Modal } from 'antd'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

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

interface Props {
  open: boolean
  close: () => void
  places: { key: string; label: string }[]
}

export function Shortcuts({ open, close, places }: Props) {
  const { t } = useTranslation()
  const keys = [
    { key: '/', label: <kbd>/</kbd>, children: t('app.shortcutSearch') },
    { key: '?', label: <kbd>?</kbd>, children: t('app.shortcutHelp') },
    ...places.map((place, index) => ({
      key: place.key,
      label: <kbd>{`g ${index + 1}`}</kbd>,
      children: `${t('app.shortcutGo')} ${place.label}`,
    })),
  ]
  return (
    <Modal open={open} title={t('app.shortcuts')} footer={null} onCancel={close}>
      <Descriptions column={1} size="small" items={keys} />
    </Modal>
  )
}
