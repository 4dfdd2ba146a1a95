// Optional release check: WeChat's own build, without network. miniprogram-ci is 697 packages, so it is not in package.json:
// npm i --prefix .ci-tools miniprogram-ci@2.1.42 && NODE_PATH=.ci-tools/node_modules node webrun/ci-compile.cjs
const fs = require('fs')
const os = require('os')
const path = require('path')
const { generateKeyPairSync } = require('crypto')
const ci = require('miniprogram-ci')

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ci-'))
const pem = { type: 'pkcs1', format: 'pem' }
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: pem, publicKeyEncoding: pem })
fs.writeFileSync(path.join(folder, 'throwaway.key'), privateKey) // the tool wants a key file even when nothing is uploaded
const project = new ci.Project({
  appid: 'wx0123456789abcdef', type: 'miniProgram', projectPath: path.resolve(__dirname, '..'),
  privateKeyPath: path.join(folder, 'throwaway.key'), ignores: ['node_modules/**/*', 'webrun/**/*', 'test/**/*'],
})
// Otherwise fetched from servicewechat.com.
project.attr = async () => ({
  platform: false, appType: 0, isSandbox: false, released: true,
  setting: {
    MaxCodeSize: 2, MaxSubpackageSubCodeSize: 2, MaxSubpackageFullCodeSize: 20, NavigateMiniprogramLimit: 10, MaxSubPackageLimit: 100,
    MinTabbarCount: 2, MaxTabbarCount: 5, MaxCustomTabbarCount: 5, MaxTabbarIconSize: 40,
  },
})
ci.getCompiledResult({ project, desc: '', version: '0', setting: { es6: true }, onProgressUpdate() {} }, path.join(folder, 'out.zip')).then(
  files => { console.log('compiled', Object.keys(files).length, 'files'); process.exit(0) },
  error => { console.error(error.message); process.exit(1) },
)
