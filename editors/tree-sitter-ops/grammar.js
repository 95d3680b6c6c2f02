// The grammar of `.ops` for editors: the same texts as grammar/OpsLexer.g4 and OpsParser.g4 with the checks of
// compiler/syntax (test/editors/accepts.py compares them). What a value means is not checked here: numbers that do not
// fit 64 bits, the indentation of """ blocks, limits on depth and size.
//
// Words, numbers and the beginnings of strings are read by src/scanner.c as the compiler's lexer reads them, whatever
// the parser expects: a keyword is a name after `.`, `?.` and `@` and before `:`.
/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const keywords = require('./keywords.json');

const commaSep1 = (rule) => seq(rule, repeat(seq(',', rule)), optional(','));
const commaSep = (rule) => optional(commaSep1(rule));
const fields = (rule) => repeat(seq(rule, optional(',')));

// The keyword as a node that queries match by its text.
const kw = ($, word) => alias($[`_k_${word}`], word);

const binary = (left, operator, right) =>
  seq(field('left', left), field('operator', operator), field('right', right));

module.exports = grammar({
  name: 'ops',

  externals: ($) => [
    ...keywords.map((word) => $[`_k_${word}`]),
    $.identifier,
    $._member_name,
    $.integer,
    $.float,
    $.quantity,
    $.raw_string,
    $._string_open,
    $._template_open,
    $._block_open,
    $._string_content,
    $._block_content,
    $._type_close,
    $.block_comment,
    $._error_sentinel,
  ],

  extras: ($) => [/[ \t\r\n]+/, $.line_comment, $.doc_comment, $.block_comment],

  conflicts: ($) => [[$._primary, $.lambda_parameters]],

  inline: ($) => [$._name],

  supertypes: ($) => [$.declaration, $.expression, $.type],

  rules: {
    source_file: ($) => seq(optional($.edition), repeat($._item)),

    edition: ($) => seq(kw($, 'edition'), field('year', $.integer)),

    // ------------------------------------------------------------ declarations

    _item: ($) => seq(optional($.annotations), $.declaration),

    declaration: ($) =>
      choice(
        $.import_declaration,
        $.param_declaration,
        $.let_declaration,
        $.out_declaration,
        $.function_declaration,
        $.extern_function,
        $.type_declaration,
        $.component_declaration,
        $.for_declaration,
        $.if_declaration,
        $.assert_declaration,
        $.moved_declaration,
        $.removed_declaration,
        $.instance,
      ),

    annotations: ($) => repeat1($.annotation),
    annotation: ($) => seq('@', field('name', alias($._member_name, $.identifier)), optional($.arguments)),

    import_declaration: ($) =>
      seq(
        kw($, 'import'),
        choice(field('path', $.string), seq(field('target', $.qualified_name), optional($.arguments))),
        optional(seq(kw($, 'as'), field('alias', $._name))),
      ),

    param_declaration: ($) =>
      seq(kw($, 'param'), field('name', $._name), ':', field('type', $.type), optional($._default)),

    let_declaration: ($) => seq(kw($, 'let'), $._binding),
    out_declaration: ($) => seq(kw($, 'out'), $._binding),
    _binding: ($) =>
      seq(field('name', $._name), optional(seq(':', field('type', $.type))), '=', field('value', $.expression)),
    _default: ($) => seq('=', field('default', $.expression)),

    function_declaration: ($) => seq($._signature, '=', field('body', $.expression)),
    extern_function: ($) => seq(kw($, 'extern'), $._signature),
    _signature: ($) =>
      seq(
        kw($, 'fn'),
        field('name', $._name),
        optional($.type_parameters),
        $.parameters,
        '->',
        field('result', $.type),
      ),
    type_parameters: ($) => seq('<', commaSep1($._name), alias($._type_close, '>')),
    parameters: ($) =>
      seq(
        '(',
        optional(
          choice(
            seq($.parameter, repeat(seq(',', $.parameter)), optional(seq(',', optional($.variadic_parameter)))),
            seq($.variadic_parameter, optional(',')),
          ),
        ),
        ')',
      ),
    parameter: ($) => seq(field('name', $._name), ':', field('type', $.type), optional($._default)),
    variadic_parameter: ($) => seq('...', field('name', $._name), ':', field('type', $.type), optional($._default)),

    type_declaration: ($) =>
      seq(
        optional(kw($, 'extern')),
        kw($, 'type'),
        field('name', $._name),
        choice(seq('=', field('alias', $.type)), field('body', $.type_body)),
      ),
    type_body: ($) => seq('{', fields(choice($.check, seq(optional($.annotations), $.type_member))), '}'),
    check: ($) =>
      seq(
        kw($, 'check'),
        field('condition', $.expression),
        kw($, 'else'),
        field('message', $.expression),
      ),
    type_member: ($) =>
      seq(optional(kw($, 'out')), field('name', $._field_name), ':', field('type', $.type), optional($._default)),

    component_declaration: ($) => seq(kw($, 'component'), field('name', $._name), field('body', $.block)),
    for_declaration: ($) =>
      seq(kw($, 'for'), $.binder, kw($, 'in'), field('over', $.expression), field('body', $.block)),
    if_declaration: ($) =>
      seq(
        kw($, 'if'),
        field('condition', $.expression),
        field('then', $.block),
        optional(seq(kw($, 'else'), field('else', choice($.if_declaration, $.block)))),
      ),
    block: ($) => seq('{', repeat($._item), '}'),
    binder: ($) => seq($._name, optional(seq(',', $._name))),

    assert_declaration: ($) =>
      seq(kw($, 'assert'), field('condition', $.expression), kw($, 'else'), field('message', $.expression)),
    moved_declaration: ($) =>
      seq(kw($, 'moved'), field('from', $.expression), kw($, 'to'), field('to', $.expression)),
    removed_declaration: ($) => seq(kw($, 'removed'), field('address', $.expression)),

    instance: ($) =>
      seq(
        field('type', $.qualified_name),
        field('name', $._name),
        optional(seq('[', field('key', $.expression), ']')),
        optional(seq(kw($, 'if'), field('condition', $.expression))),
        field('body', $.instance_body),
      ),
    instance_body: ($) => seq('{', fields(choice($.out_declaration, $.spread, $.field)), '}'),
    field: ($) => seq(field('name', $._field_name), ':', field('value', $.expression)),
    spread: ($) => seq('...', $.expression),

    qualified_name: ($) => seq($._name, repeat(seq('.', alias($._member_name, $.identifier)))),

    // Keywords that mean something only in one place are names everywhere else.
    _name: ($) =>
      choice(
        $.identifier,
        alias($._k_check, $.identifier),
        alias($._k_secret, $.identifier),
        alias($._k_to, $.identifier),
      ),

    _field_name: ($) => choice($.identifier, $.string, $.raw_string, $.true, $.false, $.null),

    // ------------------------------------------------------------ types

    type: ($) => choice($._type_atom, $.union_type, $.function_type),

    union_type: ($) => seq($._type_atom, repeat1(seq('|', $._type_atom))),
    function_type: ($) => seq('(', commaSep($.type), ')', '->', field('result', $.type)),

    _type_atom: ($) => choice($._base_type, $.secret_type, $.optional_type),
    secret_type: ($) => seq(kw($, 'secret'), $._base_type),
    optional_type: ($) => seq(choice($._base_type, $.secret_type), '?'),

    _base_type: ($) => choice($.literal_type, $.named_type, $.list_type, $.record_type, $.parenthesized_type),
    literal_type: ($) => choice($.string, $.true, $.false, seq(optional('-'), $.integer)),
    list_type: ($) => seq('[', $.type, ']'),
    parenthesized_type: ($) => seq('(', $.type, optional(','), ')'),
    record_type: ($) => seq('{', fields($.record_type_field), '}'),
    record_type_field: ($) =>
      seq(field('name', $._field_name), ':', field('type', $.type), optional($._default)),
    named_type: ($) =>
      seq(
        field('name', alias($._type_name, $.qualified_name)),
        optional($.type_arguments),
        optional($.refinements),
      ),
    _type_name: ($) => seq($.identifier, repeat(seq('.', alias($._member_name, $.identifier)))),
    type_arguments: ($) => seq('<', commaSep1($.type), alias($._type_close, '>')),
    refinements: ($) =>
      seq(
        '(',
        choice(
          seq($.regex, optional(seq(',', optional(seq($.range_bounds, optional(',')))))),
          seq($.range_bounds, optional(seq(',', optional(seq($.regex, optional(',')))))),
        ),
        ')',
      ),
    range_bounds: ($) =>
      choice(seq($._bound, optional(seq('..', optional($._bound)))), seq('..', $._bound)),
    _bound: ($) => seq(optional('-'), choice($.integer, $.float, $.quantity)),

    // ------------------------------------------------------------ expressions

    expression: ($) => choice($.if_expression, $.match_expression, $.lambda, $._operation),

    if_expression: ($) =>
      seq(
        kw($, 'if'),
        field('condition', $.expression),
        kw($, 'then'),
        field('then', $.expression),
        kw($, 'else'),
        field('else', $.expression),
      ),

    match_expression: ($) =>
      seq(kw($, 'match'), field('subject', $.expression), '{', commaSep1($.match_arm), '}'),
    match_arm: ($) =>
      seq(field('pattern', choice(kw($, 'else'), $._operation)), '=>', field('value', $.expression)),

    lambda: ($) =>
      seq(
        field('parameters', choice(alias($._sole_parameter, $.lambda_parameters), $.lambda_parameters)),
        '=>',
        field('body', $.expression),
      ),
    _sole_parameter: ($) => $._name,
    lambda_parameters: ($) => seq('(', commaSep($._name), ')'),

    // The levels of operators, weakest first. `not` binds weaker than comparisons, and yet it may stand on the right of
    // any operator and then takes all that it can: what ends in it (`open`) is never the left side of one.
    _operation: ($) => $._or,
    _or: ($) => choice($._and, alias($.or_, $.binary_expression)),
    or_: ($) => binary($._or, kw($, 'or'), $._and),
    _and: ($) => choice($._negation, alias($.and_, $.binary_expression)),
    and_: ($) => binary($._and, kw($, 'and'), $._negation),
    _negation: ($) => choice($._comparison, $._open_comparison),

    _comparison: ($) => choice($._coalesce, alias($.comparison_, $.binary_expression)),
    comparison_: ($) => binary($._coalesce, $._comparison_operator, $._coalesce),
    _coalesce: ($) => choice($._range, alias($.coalesce_, $.binary_expression)),
    coalesce_: ($) => binary($._range, '??', $._coalesce),
    _range: ($) => choice($._sum, alias($.range_, $.binary_expression)),
    range_: ($) => binary($._sum, '..', $._sum),
    _sum: ($) => choice($._product, alias($.sum_, $.binary_expression)),
    sum_: ($) => binary($._sum, choice('+', '-'), $._product),
    _product: ($) => choice($._unary, alias($.product_, $.binary_expression)),
    product_: ($) => binary($._product, choice('*', '/', '%'), $._unary),
    _unary: ($) => choice($._postfix, alias($.minus_, $.unary_expression)),
    minus_: ($) => seq(field('operator', '-'), field('operand', $._unary)),

    _open_comparison: ($) => choice($._open_coalesce, alias($.open_comparison_, $.binary_expression)),
    open_comparison_: ($) => binary($._coalesce, $._comparison_operator, $._open_coalesce),
    _open_coalesce: ($) => choice($._open_range, alias($.open_coalesce_, $.binary_expression)),
    open_coalesce_: ($) => binary($._range, '??', $._open_coalesce),
    _open_range: ($) => choice($._open_sum, alias($.open_range_, $.binary_expression)),
    open_range_: ($) => binary($._sum, '..', $._open_sum),
    _open_sum: ($) => choice($._open_product, alias($.open_sum_, $.binary_expression)),
    open_sum_: ($) => binary($._sum, choice('+', '-'), $._open_product),
    _open_product: ($) => choice($._open_unary, alias($.open_product_, $.binary_expression)),
    open_product_: ($) => binary($._product, choice('*', '/', '%'), $._open_unary),
    _open_unary: ($) => choice(alias($.not_, $.unary_expression), alias($.open_minus_, $.unary_expression)),
    open_minus_: ($) => seq(field('operator', '-'), field('operand', $._open_unary)),
    not_: ($) => seq(field('operator', kw($, 'not')), field('operand', $._negation)),

    _comparison_operator: ($) => choice('==', '!=', '<', '<=', '>', '>=', kw($, 'in')),

    _postfix: ($) =>
      choice($._primary, $.member_expression, $.index_expression, $.call_expression, $.with_expression),
    member_expression: ($) =>
      seq(
        field('object', $._postfix),
        choice('.', '?.'),
        field('member', alias($._member_name, $.identifier)),
      ),
    index_expression: ($) => seq(field('object', $._postfix), '[', field('index', $.expression), ']'),
    call_expression: ($) => seq(field('function', $._postfix), $.arguments),
    with_expression: ($) => seq(field('base', $._postfix), kw($, 'with'), field('changes', $.record)),

    arguments: ($) => seq('(', commaSep(choice($.expression, $.named_argument)), ')'),
    named_argument: ($) => seq(field('name', $._name), ':', field('value', $.expression)),

    _primary: ($) =>
      choice(
        $.integer,
        $.float,
        $.quantity,
        $.string,
        $.raw_string,
        $.regex,
        $.true,
        $.false,
        $.null,
        $._name,
        $._template,
        $.parenthesized_expression,
        $.list,
        $.list_comprehension,
        $.record,
        $.record_comprehension,
      ),

    parenthesized_expression: ($) => seq('(', $.expression, optional(','), ')'),

    list: ($) => seq('[', commaSep(choice($.expression, $.spread)), ']'),
    list_comprehension: ($) => seq('[', $._loop, ':', field('value', $.expression), ']'),
    record: ($) => seq('{', fields(choice($.spread, $.entry)), '}'),
    record_comprehension: ($) =>
      seq('{', $._loop, ':', field('key', $.expression), ':', field('value', $.expression), '}'),
    entry: ($) =>
      seq(field('name', choice($._field_name, $._template)), ':', field('value', $.expression)),
    _loop: ($) =>
      seq(
        kw($, 'for'),
        $.binder,
        kw($, 'in'),
        field('over', $.expression),
        optional(seq(kw($, 'if'), field('condition', $.expression))),
      ),

    true: ($) => $._k_true,
    false: ($) => $._k_false,
    null: ($) => $._k_null,

    // ------------------------------------------------------------ strings

    // Without interpolation: the only kind that types, field names and imports take.
    string: ($) =>
      seq(
        alias($._string_open, '"'),
        repeat(choice(alias($._string_content, $.string_content), $.escape_sequence)),
        token.immediate('"'),
      ),
    _template: ($) => choice(alias($.line_template, $.string), $.block_string),
    line_template: ($) =>
      seq(
        alias($._template_open, '"'),
        repeat(choice(alias($._string_content, $.string_content), $.escape_sequence, $.interpolation)),
        token.immediate('"'),
      ),
    block_string: ($) =>
      seq(
        alias($._block_open, '"""'),
        repeat(choice(alias($._block_content, $.string_content), $.escape_sequence, $.interpolation)),
        token.immediate('"""'),
      ),
    interpolation: ($) => seq(token.immediate('${'), $.expression, '}'),
    escape_sequence: () => {
      // A code of Unicode: at most six digits, at most 10FFFF, not a surrogate.
      const h = '[0-9a-fA-F]';
      const four = `([0-9a-cA-CefEF]${h}{3}|[dD][0-7]${h}{2})`;
      const code = `${h}{1,3}|${four}|0${four}|[1-9a-fA-F]${h}{4}|00${four}|0[1-9a-fA-F]${h}{4}|10${h}{4}`;
      return token.immediate(new RegExp(`\\\\([ntr\\\\"$]|u\\{(${code})\\})`));
    },

    regex: () => /\/\^([^\/\\\r\n]|\\[^\r\n])*\//,

    // ------------------------------------------------------------ comments

    doc_comment: () => token(prec(1, /\/\/\/[^\r\n]*/)),
    line_comment: () => token(/\/\/[^\r\n]*/),
  },
});
