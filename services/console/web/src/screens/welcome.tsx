import { Navigate } from '@tanstack/react-router'
import { Button, Result } from 'antd'
import { useTranslation } from 'react-i18next'
import { useSession } from '../app/session'
import { PageHead } from '../kit/page-head'

/** Leads everybody to the page on which their day begins. */
export function Home() {
  return <Navigate to={useSession().home} replace />
}

/** For duties that have no pages here. */
export function Welcome() {
  const { t } = useTranslation()
  return (
    <>
      <PageHead title={t('app.name')} />
      <Result
        title={t('app.welcome')}
        subTitle={t('app.welcomeNote')}
        extra={<Button href="/start">{t('app.services')}</Button>}
      />
    </>
  )
}
