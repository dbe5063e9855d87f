# Run after the build of a site that starts no server: finds what the build made and moves it to .webspaces/site.
# The folders are those of Vite, Angular, Create React App, Next's export, Eleventy, VitePress and Gatsby.
for folder in dist dist/*/browser build out _site .vitepress/dist docs/.vitepress/dist public; do
  if [ -f "$folder/index.html" ]; then
    echo "Serving $folder"
    rm -rf .webspaces/site
    mv "$folder" .webspaces/site
    rm -rf node_modules
    exit 0
  fi
done

if [ -f index.html ]; then
  echo 'Serving the root of the repository'
  rm -rf .webspaces/site node_modules
  ln -s .. .webspaces/site
  exit 0
fi

echo 'The build made no index.html in dist, build, out, _site or public, and nothing says how to start a server.' >&2
echo 'Let the build write to dist, or add a "start" script to package.json.' >&2
exit 1
