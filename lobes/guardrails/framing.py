"""Words that state nothing about a product, an order or a policy: they may stand in an answer without evidence.

Kept deliberately narrow. Anything that could be a property, a quantity, a judgement of safety or a promise ("fresh",
"waterproof", "free", "safe", "guaranteed") must be found in the cited evidence.
"""

_FUNCTION_WORDS = """
a about above after again all also am among an and another any are as asked at be because been before being below
between both but by can come comes could did do does doing down during each either else every few for from further had
has have having he her here hers herself him himself his how however i if in into is it its itself let many may me might
mine more most much must my myself next now of off on once one ones only or other others our ours ourselves out over own
per same shall she should since so some such than that the their theirs them themselves then there these they this those
though through to together too toward under until up upon us very was we were what when where whether which while who
whom whose why will with within would yes yet you your yours yourself
"""

_CONVERSATION = """
ask answer answers below check choice choices cite closest confirm cost costs details exact exactly find following found
give glad good happy hello help hi hope information item items know like list listed listing look looked looking match
matches matching mean name named need offer offers option options order please product products question questions
record records say says see selection show shows sorry state stated states suggest suggestion suggestions sure tell
thank thanks want wants welcome wish
"""

_NEGATION = """
ain aren can cannot couldn didn doesn don hadn hasn haven isn neither never no none nor not nothing shan shouldn wasn
weren without won wouldn
"""

FRAMING = frozenset(f"{_FUNCTION_WORDS} {_CONVERSATION} {_NEGATION}".split())
"""Lower-case words, unstemmed."""
