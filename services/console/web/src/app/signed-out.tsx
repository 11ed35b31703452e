import { Button, Result } from 'antd'
import { useTranslation } from 'react-i18next'

/** Ends the session here; the page forgets what it knew. */
export async function signOut(): Promise<void> {
  await fetch('/console/auth/sign-out', { method: 'POST' })
}

export function SignedOut() {
  const { t } = useTranslation()
  return (
    <Result
      title={t('app.signedOut')}
      subTitle={t('app.signedOutNote')}
      extra={
        <Button type="primary" href="/console/">
          {t('app.signIn')}
        </Button>
      }
    />
  )
}
