"""Frequent words that tell languages apart which share a script: function words, and some of what is said in shops.

Written for this project. In Latin script the words behind ``|`` are those of shops: they may stand in a sentence of
another language ("do you have pan de queso?"), so they count less.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

FUNCTION_WORD, SHOP_WORD = 1.0, 0.5
"""What one counts."""

_LATIN = {
    "eng_Latn": """
        a about above after again all also am an and any anybody anyone are as ask at back be because been
        before being best better between both but buy by called can can't cannot cheap cheaper could did didn't
        do does doesn't don't down each else even ever every everything few find first for from get gets getting
        give go going gone good got had has have haven't having he hello help her here hers hey hi him his how i
        i'd i'll i'm i've if in into is isn't it it's its just know last less let let's like long look looking
        made make many may me might mine more most much must my need needs never new next nice no not nothing
        now of off ok okay old on once one only or order other our out over own please put really right same say
        see she should show since so some somebody someone something soon still stop such sure take tell than
        thank thanks that that's the their them then there there's these they they're thing think this those
        till time to today tomorrow too tried try under until up us use very wanna want wants was wasn't way we
        we're well were what what's when where where's which while who whose why will with without won't work
        would yes yesterday yet you you'd you'll you're you've your yours | available black blue bread brown
        butter card cheese chicken chocolate coat coffee color colour cookies cost delivery dress eggs fish free
        fresh fruit gluten green grey hat honey jacket jeans large meat milk money nuts open orders pants parcel
        price red refund return rice salt shipped shipping shirt shoes shop size skirt socks soup stock store
        sugar summer sweater tea track water white winter yellow""",
    "fra_Latn": """
        à ai aime aimerais ainsi alors aller après as assez attend au aucun aujourd'hui aussi autre aux avais
        avait avant avec avez avoir avons beaucoup besoin bien bon bonjour bonne bonsoir car ce cela celle celui
        ces c'est cet cette chaque cher cherche chez combien comme comment dans de depuis des deux dire dit dois
        doit donc dont du elle elles en encore entre es est et étaient était étais être eu eux fait faire faites
        faut fois font grand ici il ils jamais je jour jusqu la là laquelle le lequel les leur leurs lui ma mais
        mal même merci mes moi moins mon n'a n'ai n'est ne ni non nos notre nous on ont ou où oui par parce
        parfois parle pas petit peu peut peux plus pour pourquoi pouvez prend près puis puisque quand que quel
        quelle quelles quelqu quelque quels qui quoi rien sa salut sans se ses si sommes son sont sous suis sur
        svp ta tard te tes toi ton toujours tous tout toute toutes très trop trouve trouver tu un une va vais
        vas vers veut veux voir vos votre voudrais voulez vous vrai y | acheter achat argent article boisson
        boutique bottes chaud chaussures chemise cher client colis commande commander couleur eau enfant farine
        femme fille fils fromage fruits gâteau grande heure homme huile jaune jupe jus lait légumes livraison
        magasin manteau miel moins noir noire noix œufs oeufs pain pantalon pâtes petite poisson poulet pointure
        pommes prix pull rembourser remboursement rendre retour riz robe rouge sel sucre taille thé veste viande
        vert verte vin""",
    "spa_Latn": """
        a ahora al algo alguien algún alguna algunos allí aquí antes así aún aunque ayer bien buen buena buenas
        bueno buenos busco cada casi como cómo con contra cosa creo cual cuál cuáles cuando cuándo cuánta
        cuántas cuanto cuánto cuántos de debe debo del desde después día días dice dijo donde dónde dos el él
        ella ellas ellos en encontrar entonces entre era eran eres es esa ese eso esos esta está estaba estado
        están estar estas este esto estos estoy fue fuera fui gracias gran gusta gustaría ha había hace hacer
        hacia han hasta hay he hemos hola hoy iba ir jamás la las le les lo los más me mejor menos mi mí
        mientras mis mismo mucha muchas mucho muchos muy nada nadie necesito ni ninguna ninguno no nos nosotros
        nuestra nuestro nunca o otra otro otros para pero poco podemos podría por porque puede puedes puedo pues
        que qué queda quedan quien quién quiere quiero sabe se sea sé según ser si sí siempre sin sino sobre
        solo sólo somos son soy su sus también tan tanto te tenemos tener tengo ti tiene tienen tienes toda
        todas todavía todo todos tu tú tus un una unas uno unos usted ustedes va vamos ver vez voy y ya yo |
        aceite agua alergia amarillo arroz azúcar azul barato blanco blanca bolso botas bebida café caja
        calcetines camisa carne chaqueta cliente color comprar compra cuesta devolver devolución dinero enviar
        envío falda fruta galletas harina hijo hija hombre huevos jersey leche mantequilla manzanas miel mujer
        naranja negro negra niños nueces pan pantalón pantalones paquete pedido pescado pollo precio producto
        queso rojo roja ropa sal sopa talla tarjeta té tienda verano verde verduras vestido vino zapatos zumo""",
    "deu_Latn": """
        ab aber alle allein allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis
        bist bitte brauche da dabei dafür damit danach danke dank dann daran darf darauf das dass dein deine dem
        den denn der des deshalb dich die dies diese diesem diesen dieser dieses dir doch dort du durch dürfen
        ein eine einem einen einer eines einige er es etwas euch euer eure fand für ganz gar gegen gehen geht
        gerade gern gesagt gestern gewesen gibt gut guten hab habe haben habt hallo hast hat hatte hätte heute
        hier ich ihm ihn ihnen ihr ihre ihrem ihren im immer in ins ist ja jede jeden jeder jemand jetzt kann
        kannst kaufen kein keine keinen können könnte kostet lass lassen machen macht man manchmal mehr mein
        meine meinem meinen meiner mich mir mit möchte möchten morgen muss müssen musste nach nein nicht nichts
        nie niemand noch nun nur ob oder ohne schon sehr sein seine seinem seinen seit sich sie sieht sind so
        soll sollte sondern suche tun über um und uns unser unsere unter viel viele vielen vom von vor wann war
        waren warum was weg wegen weil weiß welche welchen welcher welches wem wen wenig weniger wenn wer werde
        werden wie wieder wieviel will wir wird wirklich wo wollen würde wurde zu zum zur zurück zwei zwischen |
        äpfel bestellung bestellen bestellt blau blaue blaues brot butter eier erdnüsse farbe fisch fleisch
        frisch gelb geld gemüse größe grün grüne günstig hähnchen hemd honig hose jacke jahre käse kaffee kekse
        kinder kleid kuchen laden lager lieferung mantel mehl milch nudeln nüsse obst paket preis pullover reis
        rock rot rote rücksendung saft salz schuhe schwarz schwarze socken sohn sommer stiefel suppe tasche tee
        tochter umtauschen wasser wein weiße winter zucker zurückgeben""",
    "por_Latn": """
        à agora ainda além algo alguém algum alguma ao aos após aquela aquele aqui as às assim até bem boa boas
        bom cada coisa com como contra da das de dela dele depois desde desta deste dia dias disse do dois dos e
        é ela elas ele eles em então entre era essa esse esta está estão estar estas estava este estes estou eu
        fazer fez foi foram fui há hoje isso isto já lá lhe mais mas me melhor menos mesmo meu meus mim minha
        minhas muita muitas muito muitos na nada não nas nem nenhum ninguém no nos nós nossa nosso num numa
        nunca o obrigada obrigado oi olá onde ontem os ou outra outro para pela pelas pelo pelos pode podem
        poderia posso porque pouco precisa preciso procuro qual qualquer quais quando quanto quantos quase que
        quê quem quer quero se seja sem sempre sendo ser será seu seus sim só sobre sou sua suas também tão
        tarde te tem têm temos tenho ter teu tinha tive toda todas todo todos tu tua tudo um uma umas uns vai
        vamos você vocês vou | achar açúcar água alergia amarelo amendoim arroz azul barato branca branco
        biscoito biscoitos bolacha bolsa bota botas café caixa calça calças camisa camisola carne carteira
        casaco chá chocolate cliente comprar compra cor criança custa devolver devolução dinheiro encomenda
        encomendar entrega envio farinha filha filho fruta frango homem laranja leite loja maçãs manteiga massa
        mel meias mulher nozes ovos pão pedido peixe preço preta preto produto queijo roupa saia sal sapatos
        suco sumo tamanho troca verão verde vermelha vermelho vestido vinho""",
    "ita_Latn": """
        a abbiamo adesso agli ai al alcuni all alla alle allo allora altra altri altro anche ancora anni avere
        avete aveva basta bene buona buongiorno buono c'è cerco che chi ci ciao cioè coi col come con contro
        cosa così cui da dai dal dalla dalle davvero degli dei del dell della delle dello dentro di dice dire
        dopo dov dove dov'è due e è ecco ed era erano essere fa fai fare fatto fino fosse fra fu già gli grande
        grazie ha hai hanno ho i il in io la là le lei li lì lo loro lui ma mai me meglio meno mentre mi mia mie
        miei mio molta molte molti molto ne nei nel nell nella nelle nello nessuno niente no noi non nostra
        nostro nulla o oggi ogni oppure ora perché per però piace più poco poi possiamo posso potete prego prima
        può puoi qua quale quali qualche qualcosa qualcuno quando quanta quante quanti quanto quasi quel quella
        quelle quelli quello questa queste questi questo qui sarà scusi se sei sempre senza si sì sia siamo
        siete solo sono sopra sotto sta stata stato stesso su sua subito sue sui sul sulla suo suoi tra trovare
        troppo tu tua tuo tutta tutte tutti tutto un una uno va vado vi viene voglio voi volta vorrei vostra
        vostro | acqua acquistare allergia arachidi arancia azzurro bambini bianca bianco biscotti blu borsa
        burro caffè calze camicia cappotto carne cliente colore comprare consegna costa donna farina figlia
        figlio formaggio frutta giacca gonna latte maglia maglione mele miele negozio nera nero nocciole noci
        olio ordine ordinare pacco pane pantaloni pasta pesce pollo prezzo prodotto reso restituire riso
        rimborso rosa rossa rosso sale scarpe scarponi soldi spedizione stivali succo taglia tè uomo uova uovo
        verde verdura vestito vino zucchero zuppa""",
    "nld_Latn": """
        aan al alle alleen als altijd ander andere anders ben bent bij bijna binnen daar dan dank dankjewel dat
        de deze die dit doe doen door dus echt een één eens eerst en er erg ga gaan gaat gedaan geef geen
        geweest goed goede graag had hallo hadden heb hebben hebt heeft heel hem hen het hier hij hoe hoeveel
        hoi hun iemand iets ik in is ja je jij jou jouw jullie kan kun kunnen kunt kwam laat laten maak maar mag
        maken me meer meest men met mij mijn minder moet moeten morgen na naar naast niemand niet niets nieuwe
        nodig nog nooit nou nu of om omdat onder ons onze ook op over soms staan staat te tegen toch toe toen
        tot tussen uit u uw vaak van vandaag veel voor vraag waar waarom wanneer want waren was wat we weer weet
        wel welk welke werd wie wij wil wilde willen wilt word worden wordt zal ze zeer zeg zei zelf zich zie
        zien zij zijn zo zoek zoals zonder zou zouden | appels bestelling bestellen besteld betalen blauw blauwe
        boter broek brood dochter duur eieren geel geld goedkoop goedkope groen groene groenten hemd honing jas
        jurk kaas kinderen kip kleur koekjes koffie kopen kost laarzen levering maat meel melk noten pakket
        prijs rijst rok rood rode sap schoenen sokken soep suiker tas terugbrengen terugsturen thee trui vis
        vlees voorraad water wijn winkel wit witte zoon zout zwart zwarte""",
}
_DEVANAGARI = {
    "hin_Deva": """
        है हैं हूँ हूं था थी थे हो क्या का की के को में से पर ने और भी नहीं मत मुझे मैं मेरा मेरी
        मेरे हम हमें आप आपका आपके आपकी तुम तुम्हारा वह वो यह ये इस उस कौन कब कहाँ कहां कैसे कितना
        कितने कितनी चाहिए चाहता चाहती रहा रही रहे गया गयी गई गए करना करें करो कर सकता सकती सकते
        दिखाइए दिखाओ बताइए बताओ लिए वाला वाली वाले बहुत कुछ कोई अगर तो ही एक धन्यवाद शुक्रिया नमस्ते
        मिलेगा मिलेगी कम ज़्यादा सस्ता कीमत दाम दूध चावल लड़का लड़की""",
    "mar_Deva": """
        आहे आहेत नाही नाहीत होता होती होते काय का मला मी माझा माझी माझे माझ्या आम्ही आम्हाला तुम्ही
        तुम्हाला तुमचा तुमची तुमच्या तुमचे तू तुझा तुझी आणि किंवा पण तर च ला चा ची चे च्या हा ही हे
        ते तो ती त्या त्याला तिला कोण कधी कुठे कसे कसा कशी किती कोणता कोणती कोणते हवा हवी हवे हवं
        पाहिजे पाहिजेत नको दाखवा सांगा द्या मिळेल येईल गेला गेली झाला झाली झाले शकतो शकते करता साठी
        पेक्षा कमी जास्त स्वस्त किंमत एक खूप असेल असते दूध तांदूळ मुलगा मुलगी आहात नमस्कार धन्यवाद
        वाजता आता आज उद्या इथे तिथे कृपया दोन तीन मध्ये वर खाली नंतर आधी शिवाय सोबत बद्दल म्हणून आला
        आली आले देता घेऊ घ्या करा करू होईल असे असा अशी अजून फक्त सगळे सर्व विकत परत दुकानात""",
}
_BENGALI = {
    "ben_Beng": """
        আমি আমার আমাকে আমরা আপনি আপনার আপনাদের তুমি তোমার সে তার এই ওই এটা সেটা কি কী কে কখন কোথায়
        কেন কীভাবে কেমন কত কোন আছে নেই ছিল না নয় হয় হবে হয়েছে করে করতে করুন পারি পারে চাই দিন
        দেখান কিছু একটা একটি এবং ও আর জন্য থেকে সঙ্গে সাথে দিয়ে ছাড়া মধ্যে কমে দাম খুব অনেক পাব
        পাওয়া যাবে""",
    "asm_Beng": """
        মই মোৰ মোক আমি আমাৰ আপুনি আপোনাৰ আপোনালোকৰ তুমি তোমাৰ সি তাই এই সেই এইটো সেইটো কি কোন
        কেতিয়া ক'ত কিয় কেনেকৈ কিমান কোনটো আছে নাই আছিল নহয় হয় হ'ব হৈছে নেকি নে কৰি কৰিব পাৰি
        পাৰিম পাম লাগে লাগিব দিয়ক দেখুৱাওক কিছুমান এটা এখন আৰু বাবে পৰা লগত নথকা কমত দাম বহুত
        বিচাৰিছোঁ বিচাৰো চেনি গাখীৰ কণী চাউল কিনিব বন্ধ""",
}


@cache
def languages_by_word(script: str) -> MappingProxyType[str, Mapping[str, float]]:
    """The languages that have each word, in ``Latn``, ``Deva`` or ``Beng``, and how much it speaks for each of them.

    A word counts :data:`FUNCTION_WORD` or :data:`SHOP_WORD`, divided by the number of languages that have it.
    """
    found: dict[str, dict[str, float]] = {}
    for code, words in {"Latn": _LATIN, "Deva": _DEVANAGARI, "Beng": _BENGALI}[script].items():
        function_words, _, shop_words = words.partition("|")
        for word in function_words.split():
            found.setdefault(word, {})[code] = FUNCTION_WORD
        for word in shop_words.split():
            found.setdefault(word, {}).setdefault(code, SHOP_WORD)
    return MappingProxyType(
        {word: {code: weight / len(codes) for code, weight in codes.items()} for word, codes in found.items()}
    )
