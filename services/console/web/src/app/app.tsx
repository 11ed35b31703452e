// Theme, language and nonce for antd's components, round the pages.
import { RouterProvider } from '@tanstack/react-router'
import { ConfigProvider, App as Messages } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { useTranslation } from 'react-i18next'
import { nonce } from './nonce'
import { useShade } from './preferences'
import { router } from './router'
import { themeOf } from './theme'

export function App() {
  const { i18n } = useTranslation()
  const shade = useShade()
  const zh = i18n.language === 'zh'
  dayjs.locale(zh ? 'zh-cn' : 'en')
  return (
    <ConfigProvider
      theme={themeOf(shade)}
      locale={zh ? zhCN : enUS}
      csp={{ nonce }}
      button={{ autoInsertSpace: false }}
    >
      <Messages>
        <RouterProvider router={router} />
      </Messages>
    </ConfigProvider>
  )
}
