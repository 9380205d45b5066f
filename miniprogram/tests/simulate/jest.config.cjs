/** The built mini-program (dist/build/mp-weixin) under miniprogram-simulate: run `npx uni build -p mp-weixin` first. */
module.exports = { rootDir: __dirname, testEnvironment: 'jsdom', testMatch: ['<rootDir>/*.test.cjs'], transform: {}, testTimeout: 120000, testEnvironmentOptions: { url: 'https://servicewechat.com/' } }
