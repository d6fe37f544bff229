/** Style of the overview, in the editor's own variables: light, dark and high contrast come with them. */
export const OVERVIEW_STYLE = `
body { padding: 0 24px 24px; color: var(--vscode-foreground); font: var(--vscode-font-size) var(--vscode-font-family); }
main { max-width: 960px; margin: 0 auto; }
h1 { font-size: 1.8em; margin: 24px 0 0; }
h2 { font-size: 1.15em; margin: 28px 0 8px; }
.location, .small { color: var(--vscode-descriptionForeground); }
.small { font-size: 0.9em; }
.location { margin: 4px 0 16px; overflow-wrap: anywhere; }
.button { display: inline-block; padding: 4px 12px; margin: 0 6px 6px 0; border-radius: 2px; text-decoration: none;
  color: var(--vscode-button-foreground); background: var(--vscode-button-background);
  border: 1px solid var(--vscode-contrastBorder, transparent); }
.button:hover { background: var(--vscode-button-hoverBackground); }
.button:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
.facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 12px 0; }
.facts div { min-width: 120px; padding: 10px 14px; border: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent));
  background: var(--vscode-editorWidget-background); border-radius: 4px; }
.facts dt { color: var(--vscode-descriptionForeground); font-size: 0.9em; }
.facts dd { margin: 2px 0 0; font-size: 1.2em; }
table { border-collapse: collapse; width: 100%; }
.kinds { width: auto; }
th, td { text-align: left; padding: 4px 14px 4px 0; vertical-align: top; font-weight: normal; overflow-wrap: anywhere; }
thead th { color: var(--vscode-descriptionForeground); border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, currentColor)); }
meter { width: 160px; }
.bad { color: var(--vscode-errorForeground); font-weight: 600; }
`;
