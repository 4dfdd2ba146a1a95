// Photos: choosing them (a privacy API on phones) and looking at them.
export function media(host) {
  const choose = count => new Promise((done, fail) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/*', multiple: count > 1, hidden: true })
    input.onchange = () => {
      input.remove()
      done([...input.files].slice(0, count).map(file => {
        const tempFilePath = URL.createObjectURL(file)
        host.files.set(tempFilePath, file)
        return { tempFilePath, size: file.size, fileType: 'image' }
      }))
    }
    input.oncancel = () => { input.remove(); fail(new Error('cancel')) }
    document.body.append(input)
    input.click()
  })
  return {
    async chooseMedia({ count = 9 }) {
      await host.authorised()
      return { type: 'image', tempFiles: await choose(count) }
    },
    previewImage({ urls, current }) {
      const mask = Object.assign(document.createElement('div'), { className: 'mp-mask', onclick: () => mask.remove() })
      const picture = Object.assign(document.createElement('img'), { src: current || urls[0], alt: '预览' })
      picture.style.cssText = 'margin:auto;max-width:100%'
      mask.append(picture)
      document.body.append(mask)
    },
  }
}
