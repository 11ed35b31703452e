// Its own file, so that it is fetched when somebody asks for it.
import { Descriptions, Modal } from 'antd'
import { useTranslation } from 'react-i18next'

interface Props {
  close: () => void
  places: { key: string; label: string }[]
}

export default function ShortcutList({ close, places }: Props) {
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
    <Modal open title={t('app.shortcuts')} footer={null} onCancel={close}>
      <Descriptions column={1} size="small" items={keys} />
    </Modal>
  )
}
