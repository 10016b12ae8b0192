/**
 * Fill: values into the fields of a form.
 */

/** Fills values into the fields of those names.
 * @param {HTMLElement} form @param {[string, string][]} entries */
export const fill = (form, entries) => {
    for (const [name, value] of entries) {
        for (const field of form.querySelectorAll(`[name="${name}"]`)) {
            if (/radio|checkbox/.test(field.type)) field.checked ||= field.value === value;
            else field.value = value;
        }
    }
};
