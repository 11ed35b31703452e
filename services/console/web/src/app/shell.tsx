// Round every page: where one can go, what day it is for the bank, search, language, shade, who is signed in.
import {
  AuditOutlined,
  BankOutlined,
  DashboardOutlined,
  FormOutlined,
  MoonOutlined,
  ProjectOutlined,
  TransactionOutlined,
} from '@ant-design/icons'
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { Avatar, Button, Dropdown, Layout, Menu, Modal, Spin } from 'antd'
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { whenSignedOut } from '../api/client'
import { switchLanguage } from '../locales/i18n'
import mark from '../mark.svg'
import { ClockChip } from './clock-chip'
import { switchShade } from './preferences'
import { SearchBox } from './search-box'
import { SessionProvider, signInPage, useMay, useSession } from './session'
import { useShortcuts } from './shortcuts'
import { SignedOut, signOut } from './signed-out'

const ShortcutList = lazy(() => import('./shortcut-list'))

export function Shell() {
  const [over, setOver] = useState<'' | 'expired' | 'left'>('')
  const [begun, setBegun] = useState(false)
  const began = useCallback(() => setBegun(true), [])
  useEffect(() => {
    // Before anything was shown there is nothing to lose: go and sign in. Later the page stays.
    whenSignedOut(() => (begun ? setOver(known => known || 'expired') : location.assign(signInPage())))
  }, [begun])
  if (over === 'left') return <SignedOut />
  return (
    <SessionProvider waiting={<Spin style={{ display: 'block', marginTop: '40vh' }} />}>
      <Frame began={began} leave={() => signOut().then(() => setOver('left'))} />
      <SessionOver open={over === 'expired'} close={() => setOver('')} />
    </SessionProvider>
  )
}

function SessionOver({ open, close }: { open: boolean; close: () => void }) {
  const { t } = useTranslation()
  return (
    <Modal open={open} title={t('app.sessionOver')} footer={null} onCancel={close}>
      <p>{t('app.sessionOverNote')}</p>
      <Button type="primary" href={signInPage()} target="_blank" rel="noopener" style={{ marginInlineEnd: 8 }}>
        {t('app.signInAgain')}
      </Button>
      <Button onClick={close}>{t('app.carryOn')}</Button>
    </Modal>
  )
}

function usePlaces(): { key: string; icon: ReactNode; label: string }[] {
  const { t } = useTranslation()
  const may = useMay()
  return [
    may('application', 'list_applications') && {
      key: '/pipeline',
      icon: <ProjectOutlined />,
      label: t('nav.pipeline'),
    },
    may('application', 'submit_application') && {
      key: '/applications/new',
      icon: <FormOutlined />,
      label: t('nav.apply'),
    },
    may('application', 'list_reviews') && { key: '/reviews', icon: <AuditOutlined />, label: t('nav.reviews') },
    may('disbursement', 'list_drawdowns') && {
      key: '/drawdowns',
      icon: <TransactionOutlined />,
      label: t('nav.drawdowns'),
    },
    may('repayment', 'list_loans') && { key: '/loans', icon: <BankOutlined />, label: t('nav.loans') },
    may('repayment', 'close_business_date') && {
      key: '/operations',
      icon: <DashboardOutlined />,
      label: t('nav.operations'),
    },
  ].filter(place => place !== false)
}

function Frame({ began, leave }: { began: () => void; leave: () => void }) {
  const { t } = useTranslation()
  const places = usePlaces()
  const here = useLocation({ select: location => location.pathname })
  const navigate = useNavigate()
  const [narrow, setNarrow] = useState(false)
  const [help, setHelp] = useState(false)
  useEffect(began, [began])
  useShortcuts(
    places.map(place => place.key),
    () => setHelp(true),
  )
  const current = places.find(place => here === place.key || here.startsWith(`${place.key}/`))?.key
  const selected = current ?? (here.startsWith('/applications/') ? '/pipeline' : '')
  return (
    <Layout style={{ minHeight: '100vh' }}>
      <a className="skip" href="#page">
        {t('app.skip')}
      </a>
      <Layout.Sider
        width={208}
        breakpoint="lg"
        collapsedWidth={56}
        collapsed={narrow}
        onBreakpoint={setNarrow}
        trigger={null}
      >
        <a className="brand" href="/console/" style={narrow ? { paddingInline: 15 } : {}}>
          <img src={mark} alt="" />
          {!narrow && t('app.name')}
        </a>
        <nav aria-label={t('app.menu')}>
          <Menu
            mode="inline"
            items={places}
            selectedKeys={[selected]}
            onClick={({ key }) => navigate({ to: key })}
            style={{ borderInlineEnd: 0 }}
          />
        </nav>
      </Layout.Sider>
      <Layout>
        <Layout.Header style={{ height: 'auto', lineHeight: 'normal', paddingBlock: 10 }}>
          <div className="top">
            <SearchBox />
            <span className="grow" />
            <ClockChip />
            <Button type="text" onClick={switchLanguage} title={t('app.languageTitle')}>
              {t('app.language')}
            </Button>
            <Button type="text" icon={<MoonOutlined />} onClick={switchShade} aria-label={t('app.theme')} />
            <Who leave={leave} help={() => setHelp(true)} />
          </div>
        </Layout.Header>
        <Layout.Content id="page" tabIndex={-1} style={{ padding: 20, outline: 'none' }}>
          <Outlet />
        </Layout.Content>
      </Layout>
      {help && (
        <Suspense>
          <ShortcutList close={() => setHelp(false)} places={places} />
        </Suspense>
      )}
    </Layout>
  )
}

function Who({ leave, help }: { leave: () => void; help: () => void }) {
  const { t } = useTranslation()
  const { name, roles, branch } = useSession()
  const duties = roles.map(role => t(`role.${role as 'officer'}`)).join(' · ')
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'who', label: `${duties} · ${branch}`, disabled: true },
          { type: 'divider' },
          { key: 'help', label: t('app.shortcuts'), onClick: help },
          { key: 'leave', label: t('app.signOut'), onClick: leave },
        ],
      }}
    >
      <Button type="text">
        <Avatar size={24} aria-hidden style={{ background: '#0b6e5f', color: '#fff' }}>
          {name.slice(0, 1)}
        </Avatar>
        {name}
      </Button>
    </Dropdown>
  )
}
