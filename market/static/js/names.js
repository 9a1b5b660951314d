// Names as short as a figure needs them: the legal form of a firm says nothing on a map. The whole
// name stays in the tooltip and in the table. Loaded before the scripts that draw.
window.wjNames = (() => {
  const LEGAL_ZH = /(股份有限|有限责任|有限)公司/g;
  const LEGAL_EN = /,?\s+(?:Company\s+Limited|Co\.?,?\s*Ltd\.?|Co\.|Ltd\.?|Company)(?=[\s,(]|$)/g;

  function short(name) {
    const cut = name.replace(LEGAL_ZH, "").replace(LEGAL_EN, "").trim();
    return cut || name;
  }

  return { short };
})();
