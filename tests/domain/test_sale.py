from bot.domain.sale import SaleState


def test_pending_and_failed_payments_are_no_sales() -> None:
    assert {state for state in SaleState if not state.is_sale} == {
        SaleState.PENDING,
        SaleState.FAILED,
    }


def test_rights_are_held_while_the_money_is_not_wholly_gone() -> None:
    assert {state for state in SaleState if state.holds_rights} == {
        SaleState.PAID,
        SaleState.PARTLY_REFUNDED,
        SaleState.DISPUTED,
    }
