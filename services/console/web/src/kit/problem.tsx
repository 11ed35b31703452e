import { Alert, Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { Problem } from '../api/client'
import { zh } from '../locales/zh'

const TOLD = new Set(Object.keys(zh.problem))

/** What went wrong in the reader's language: by its code where we have words for it, else as the service said it. */
export function useSaid(): (error: unknown) => string {
  const { t, i18n } = useTranslation()
  return error => {
    if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error)
    const words = TOLD.has(error.code) ? t(`problem.${error.code as keyof typeof zh.problem}`) : ''
    if (!words) return error.detail
    const named = error.errors.map(one => `${one.field}: ${one.detail}`).join('; ')
    const more = named || (i18n.language === 'en' && error.detail !== words ? error.detail : '')
    return more ? `${words} ${more}` : words
  }
}

/** A failed panel keeps its place and can be asked again. */
export function ProblemNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation()
  const said = useSaid()
  const again = retry && (
    <Button size="small" onClick={retry}>
      {t('app.retry')}
    </Button>
  )
  return <Alert type="error" showIcon title={said(error)} action={again} />
}
