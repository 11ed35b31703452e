import { Button } from 'antd'
import { useTranslation } from 'react-i18next'

/** Ends the session here; the page forgets what it knew. */
export async function signOut(): Promise<void> {
  await fetch('/console/auth/sign-out', { method: 'POST' })
}

export function SignedOut() {
  const { t } = useTranslation()
  return (
    <main className="signed-out">
      <h1>{t('app.signedOut')}</h1>
      <p className="quiet">{t('app.signedOutNote')}</p>
      <Button type="primary" href="/console/">
        {t('app.signIn')}
      </Button>
    </main>
  )
}
