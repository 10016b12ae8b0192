/**
 * Styles that a script brings along: those of its bundle. The build puts them here.
 */

export const STYLES = '';
