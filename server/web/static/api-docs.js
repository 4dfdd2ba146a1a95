SwaggerUIBundle({
  url: document.getElementById('docs').dataset.spec,
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
})
