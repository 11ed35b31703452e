// antd's tokens for the two shades. Colours of text keep a contrast of 4.5 : 1 and more on their ground.
import { type ThemeConfig, theme } from 'antd'
import type { Shade } from './preferences'

export const FONT =
  'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif'

export function themeOf(shade: Shade): ThemeConfig {
  const dark = shade === 'dark'
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: dark ? '#4cc3ad' : '#0b6e5f',
      colorLink: dark ? '#4cc3ad' : '#0b6e5f',
      colorInfo: dark ? '#4cc3ad' : '#0b6e5f',
      colorBgLayout: dark ? '#10161d' : '#f4f6f8',
      colorBgContainer: dark ? '#18212b' : '#ffffff',
      colorBgElevated: dark ? '#1f2a36' : '#ffffff',
      colorTextSecondary: dark ? '#aab6c3' : '#4d5964',
      colorTextTertiary: dark ? '#9aa7b5' : '#56626f',
      colorTextDescription: dark ? '#9aa7b5' : '#56626f',
      colorTextPlaceholder: dark ? '#8b98a6' : '#66727e',
      colorTextDisabled: dark ? '#8b98a6' : '#66727e',
      fontFamily: FONT,
      borderRadius: 6,
      motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    },
    components: {
      // On the bright primary of the dark shade dark words are read, not white ones.
      Button: dark ? { primaryColor: '#0c1714' } : {},
      Layout: {
        headerBg: dark ? '#18212b' : '#ffffff',
        siderBg: dark ? '#18212b' : '#ffffff',
        headerPadding: '0 20px',
      },
      Menu: {
        itemSelectedBg: dark ? '#1d3a38' : '#e3f1ee',
        itemSelectedColor: dark ? '#5fd3be' : '#0b6e5f',
        itemBg: dark ? '#18212b' : '#ffffff',
      },
      Table: { cellPaddingBlockMD: 9 },
    },
  }
}
