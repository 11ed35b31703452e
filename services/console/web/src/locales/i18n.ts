// The two languages; which one was chosen is kept, and switching changes the page in place.
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './en'
import { zh } from './zh'

export type Language = 'zh' | 'en'

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof zh }
    returnNull: false
  }
}

const CHOSEN = 'liudai.language'

function preferred(): Language {
  const chosen = localStorage.getItem(CHOSEN) ?? navigator.language
  return chosen.startsWith('en') ? 'en' : 'zh'
}

export function startLanguages(): void {
  i18next.use(initReactI18next).init({
    resources: { zh: { translation: zh }, en: { translation: en } },
    lng: preferred(),
    fallbackLng: false,
    interpolation: { escapeValue: false },
  })
  const tell = () => document.documentElement.setAttribute('lang', i18next.language === 'zh' ? 'zh-CN' : 'en')
  i18next.on('languageChanged', tell)
  tell()
}

export function switchLanguage(): void {
  const next: Language = i18next.language === 'zh' ? 'en' : 'zh'
  localStorage.setItem(CHOSEN, next)
  i18next.changeLanguage(next)
}
